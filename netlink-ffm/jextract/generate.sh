#!/bin/sh
# Writes the bindings anew from linux.h and the include lists. See README.md.
set -eu
cd "$(dirname "$0")"

package=dev.cnm.netlink.gen
folder=$(echo "$package" | tr . /)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

command -v jextract >/dev/null || { echo "jextract is not on the PATH: see README.md" >&2; exit 1; }

# generate LIST ROOT: class LIST from LIST.conf, into the source root ROOT.
generate() {
  echo "$1"
  duplicates=$(grep -v '^#' "$1.conf" | grep . | sort | uniq -d)
  [ -z "$duplicates" ] || { echo "listed twice in $1.conf: $duplicates" >&2; exit 1; }
  jextract "@$1.conf" --header-class-name "$1" --target-package "$package" \
      --output "$out/$1" linux.h 2>"$out/log" || { cat "$out/log" >&2; exit 1; }

  # jextract passes over a name it does not find in silence: ask of each one that it came out.
  (cd "$out/$1/$folder"
    sed -n 's/.* public static [A-Za-z]* \([A-Za-z0-9_$]*\)() {$/\1/p' "$1"*.java >../names
    # A variadic function comes out as a class instead.
    sed -n 's/.* public static class \(.*\) {$/\1$descriptor/p' "$1"*.java >>../names
    ls | sed -n 's/\.java$//p' >>../names)
  missing=$(sed -n 's/^--include-constant //p; s/^--include-struct //p; s/^--include-typedef //p
      s/^--include-function \(.*\)/\1$descriptor/p' "$1.conf" \
      | grep -vxF -f "$out/$1/${folder%/*}/names" || true)
  [ -z "$missing" ] || { echo "$1.conf: the headers have no" $missing >&2; exit 1; }

  mkdir -p "$2/$folder"
  mv "$out/$1/$folder"/*.java "$2/$folder/"
}

mkdir -p ../src/main/java/$folder ../src/test/java/$folder
find ../src/main/java/$folder ../src/test/java/$folder -name '*.java' ! -name package-info.java -delete
for list in libc netlink rtnetlink nftables conntrack; do
  generate "$list" ../src/main/java
done

# The descriptors of the functions that internal.Linux calls. They stand in the tests: asking jextract's
# class for a descriptor links a downcall of that shape, and Linux has one shape for all.
generate functions ../src/test/java
generate functions ../src/test/java
