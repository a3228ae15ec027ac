/**
 * Records to JSON and back, strictly: a key too many, a key too few or a value of the wrong type is
 * refused with a sentence. What hosts tell each other through ZooKeeper goes through here.
 *
 * <p>Owns no thread; depends on nothing of this module.
 */
package org.nilmigration.failover.json;
