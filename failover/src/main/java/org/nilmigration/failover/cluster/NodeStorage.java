package org.nilmigration.failover.cluster;

import java.util.Optional;
import java.util.stream.Stream;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCacheStorage;

/**
 * What a {@code CuratorCache} holds. Curator tells of a node as changed when its version is another
 * one; a node that was deleted and made anew while ZooKeeper was away may have the version that it
 * had, and would not be told of at all (Curator 5.9, {@code CuratorCacheImpl.putStorage}). Here it
 * is a new node.
 */
final class NodeStorage implements CuratorCacheStorage {
  private final CuratorCacheStorage nodes = CuratorCacheStorage.standard();

  @Override
  public Optional<ChildData> put(ChildData data) {
    return nodes
        .put(data)
        .filter(before -> before.getStat().getCzxid() == data.getStat().getCzxid());
  }

  @Override
  public Optional<ChildData> remove(String path) {
    return nodes.remove(path);
  }

  @Override
  public void clear() {
    nodes.clear();
  }

  @Override
  public Optional<ChildData> get(String path) {
    return nodes.get(path);
  }

  @Override
  public int size() {
    return nodes.size();
  }

  @Override
  public Stream<ChildData> stream() {
    return nodes.stream();
  }
}
