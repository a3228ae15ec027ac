# shellcheck shell=bash
# Sourced by nild, nilctl, setup and test (not run by itself). Knows the two places the programs start
# from, and finds a JDK 25:
#   source checkout  <checkout>/ha-daemon/bin  jars are built when sources are newer, and copied to
#                    ha-daemon/target/run/<n>/lib, so that no build changes files under a running daemon
#   package          nil-migration-ha-VERSION/bin  jars lie in ../lib
# Functions print one sentence to standard error when they give up, and exit as nild and nilctl do.
set -euo pipefail

nil_home=$(CDPATH="" cd -P "${BASH_SOURCE[0]%/*}/.." && pwd)
nil_config=$nil_home/config
nil_inside=()
nil_cached=()

nil_say() { printf 'nil-migration: %s\n' "$*" >&2; }

nil_fail() { # EXIT_CODE SENTENCE
  nil_say "${*:2}"
  exit "$1"
}

nil_is_checkout() { [[ -f $nil_home/pom.xml ]]; }

nil_is_jdk25() { # DIR TOOL: whether DIR is a Java 25 that has bin/TOOL; sets nil_jdk_build then
  local line vendor='' version='' runtime=''
  [[ -x $1/bin/$2 && -r $1/release ]] || return 1
  while IFS= read -r line || [[ -n $line ]]; do
    case $line in
      'IMPLEMENTOR='*) vendor=${line#*=} ;;
      'JAVA_RUNTIME_VERSION='*) runtime=${line#*=} ;;
      'JAVA_VERSION="25"' | 'JAVA_VERSION="25.'*) version=${line#*=} ;;
    esac
  done <"$1/release"
  [[ -n $version ]] || return 1
  nil_jdk_build=${vendor}-${runtime:-$version}
  nil_jdk_build=${nil_jdk_build//[^A-Za-z0-9.+-]/}
}

# Sets nil_java_home; fails quietly. A checkout needs the compiler, the package only the runtime.
nil_find_jdk25() {
  local tool=java candidate
  if nil_is_checkout; then tool=javac; fi
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/* PATH; do
    if [[ $candidate == PATH ]]; then # looked up last, since it starts processes
      candidate=$(readlink -f "$(command -v "$tool" || true)" || true)
      candidate=${candidate%/bin/"$tool"}
    fi
    if [[ -n $candidate ]] && nil_is_jdk25 "$candidate" "$tool"; then
      nil_java_home=$candidate
      return 0
    fi
  done
  return 1
}

nil_require_jdk25() {
  nil_find_jdk25 || nil_fail 69 "found no JDK 25 in JAVA_HOME, /usr/lib/jvm and PATH: on Debian 13 run" \
    "'apt-get install openjdk-25-jdk-headless', elsewhere install Eclipse Temurin 25" \
    "(Debian package temurin-25-jdk), or set JAVA_HOME to a JDK 25"
}

# Whether anything that goes into the jars is newer than the last build. Directories count: a file
# that is gone changes its directory.
nil_is_stale() {
  local stamp=$nil_home/target/run/built newer
  [[ -f $stamp && -d $nil_home/target/run/current/lib ]] || return 0
  newer=$(cd "$nil_home/.." && find pom.xml */pom.xml */src/main -name '.?*' -prune -o -newer "$stamp" -print -quit)
  [[ -n $newer ]]
}

# Takes the checkout's build lock (held until the shell exits or calls nil_unlock_build).
nil_lock_build() {
  exec {nil_build_lock}<"$nil_home"
  if ! flock --nonblock "$nil_build_lock"; then
    nil_say "another start is building this checkout: waiting for it"
    flock "$nil_build_lock"
  fi
}

nil_unlock_build() { exec {nil_build_lock}<&-; }

nil_progress() { # PID: one line that counts the seconds until the process ends
  local began=$SECONDS
  while [[ -t 2 ]] && kill -0 "$1" 2>/dev/null; do
    printf '\rnil-migration: building, %d s ' $((SECONDS - began)) >&2
    sleep 0.5
  done
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

nil_build() {
  local run=$nil_home/target/run log=$nil_home/target/run/build.log maven next assembled old
  command -v mvn >/dev/null ||
    nil_fail 69 "Maven is needed to build this checkout and is not installed: run $nil_home/bin/setup as root"
  mkdir -p "$run"
  touch "$run/began"
  if ! [[ -t 2 ]]; then nil_say "building (first use, or changed sources), log in $log"; fi
  JAVA_HOME=$nil_java_home mvn -B -ntp -f "$nil_home/../pom.xml" -pl ha-daemon -am \
    -DskipTests package >"$log" 2>&1 </dev/null &
  maven=$!
  # shellcheck disable=SC2064 # the process id of now
  trap "kill $maven 2>/dev/null; exit 130" INT TERM
  nil_progress "$maven"
  if ! wait "$maven"; then
    { grep -E '^\[(ERROR\]|WARNING\] .*\.java)' "$log" || tail -n 20 "$log"; } |
      grep -viE 'Help 1|re-run Maven|For more information|resume the build|mvn <args>' | awk '!seen[$0]++' | head -n 20 >&2 || true
    nil_fail 1 "the build failed: see the lines above and $log"
  fi
  trap - INT TERM
  assembled=$(nil_assembled)
  next=$run/$(date +%s)-$$
  mkdir -p "$next/lib"
  cp -a "$assembled"/lib/*.jar "$next/lib" # and no start cache of other jars
  nil_cache=$next/lib/start-$nil_jdk_build
  nil_make_cache "$next/lib" || true
  ln -sfn "$next" "$run/current.new"
  mv -T "$run/current.new" "$run/current"
  mv "$run/began" "$run/built"
  for old in "$run"/[0-9]*-*; do # what a running program was started from stays
    if [[ $old != "$next" ]] && ! grep -qsF "$old/" /proc/[0-9]*/cmdline; then rm -rf "$old"; fi
  done
}

nil_assembled() { # the directory that the build packed
  local found=("$nil_home"/target/nil-migration-ha-*/lib)
  [[ -d ${found[0]} && ${#found[@]} == 1 ]] ||
    nil_fail 1 "expected one directory $nil_home/target/nil-migration-ha-VERSION after the build, found ${#found[@]}: remove $nil_home/target and start again"
  printf '%s\n' "${found[0]%/lib}"
}

# Sets nil_lib, nil_class_path and nil_java_home; builds when needed.
nil_prepare() {
  nil_require_jdk25
  nil_lib=$nil_home/lib
  if nil_is_checkout; then
    if nil_is_stale; then
      nil_lock_build
      if nil_is_stale; then nil_build; fi
      nil_unlock_build
    fi
    nil_lib=$(cd -P "$nil_home/target/run/current" && pwd)/lib
  fi
  nil_class_path=$nil_lib/*
}

# The start cache of nilctl: an AOT cache (JEP 483), and the copy of picocli that is in it. It is code, so
# it lies among the jars, where whoever may write can change those as well. There is one for each build of
# the JDK. `made` is as old as the beginning of its making, and holds its checksum: the JVM checks too
# little, and may end when it finds damage. It is empty where none could be made.
nil_is_made() { # LIB: whether nil_cache is whole and of these jars; sets nil_sum
  [[ -f $nil_cache/made ]] || return 1
  # the JVM compares sizes and times, which two builds may have in common
  nil_is_checkout || [[ -z $(find "$1" -maxdepth 1 -name '*.jar' -newercm "$nil_cache/made" -print -quit) ]] || return 1
  nil_sum=''
  read -r nil_sum <"$nil_cache/made" || true
  [[ -z $nil_sum || $(cksum "$nil_cache/nilctl.aot" 2>/dev/null) == "$nil_sum "* ]]
}

# Makes nil_cache unless somebody else is at it. Says nothing: whatever fails, nilctl starts without it.
nil_make_cache() ( # LIB [COMMAND...]: COMMAND goes before java
  exec </dev/null >/dev/null 2>&1
  umask 022
  unset JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS _JAVA_OPTIONS
  java=("${@:2}" "$nil_java_home/bin/java" "@$nil_config/nilctl.jvmoptions")
  mkdir -p "$nil_cache" && exec {lock}<"$nil_cache" && flock --nonblock "$lock" || exit 0
  if nil_is_made "$1"; then exit 0; fi
  rm -rf "${nil_cache:?}"/*
  touch "$nil_cache/began"
  if "${java[@]}" -cp "$1/*" org.nilmigration.daemon.start.PicocliCopy "$1"/picocli-*.jar "$nil_cache/picocli.jar" &&
    # what the JVM would learn about methods makes short runs longer
    "${java[@]}" -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining "-XX:AOTCacheOutput=$nil_cache/new.aot" \
      -cp "$nil_cache/picocli.jar:$1/*" org.nilmigration.daemon.start.TrainingRun "$nil_cache" &&
    sync "$nil_cache/new.aot"; then
    mv "$nil_cache/new.aot" "$nil_cache/nilctl.aot"
    cksum <"$nil_cache/nilctl.aot" >"$nil_cache/sum"
    touch -r "$nil_cache/began" "$nil_cache/sum"
    mv "$nil_cache/sum" "$nil_cache/began"
  fi
  mv "$nil_cache/began" "$nil_cache/made"
)

# Lets nil_exec_java start from the cache, or has it made for the starts to come.
nil_use_cache() {
  nil_cache=$nil_lib/start-$nil_jdk_build
  if nil_is_made "$nil_lib"; then
    if [[ -n $nil_sum ]]; then
      # SharedArchiveFile is AOTCache that gets along with the -Xshare of the user; and not a word about
      # a cache that does not fit
      nil_cached=("-XX:SharedArchiveFile=$nil_cache/nilctl.aot" '-Xlog:aot*=off,cds*=off')
      nil_class_path=$nil_cache/picocli.jar:$nil_class_path
    fi
  elif [[ -w $nil_lib ]]; then
    (
      trap '' INT HUP
      for file in /proc/self/fd/*; do # a lock or pipe of the caller is not held up
        file=${file##*/}
        if ((file > 2 && file < 255)); then exec {file}>&-; fi
      done
      nil_make_cache "$nil_lib" nice -n 19
    ) </dev/null >/dev/null 2>&1 &
  fi
}

# Lets nil_exec_java start the JVM in a network namespace of its own with nothing but lo, so that what
# a lab makes there vanishes with its last process. NIL_OUTSIDE_NETWORK is the way back out.
nil_own_network() {
  export NIL_OUTSIDE_NETWORK=/proc/$PPID/ns/net
  # shellcheck disable=SC2016 # expanded inside
  nil_inside=(unshare --net --mount -- sh -c 'ip link set lo up && exec "$0" "$@"')
}

nil_can_own_network() { [[ $EUID == 0 ]] && unshare --net true 2>/dev/null; }

nil_exec_java() { # OPTIONS_FILE MAIN_CLASS ARGUMENT...
  local options=$1 main=$2
  exec "${nil_inside[@]}" "$nil_java_home/bin/java" "${nil_cached[@]}" "@$nil_config/$options" "-Dnil.home=$nil_home" -cp "$nil_class_path" "$main" "${@:3}"
}
