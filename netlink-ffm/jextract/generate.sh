#!/bin/sh
# Writes the bindings anew from linux.h and the include lists: all of them, or none. See README.md.
set -eu
cd "$(dirname "$0")"

package=dev.cnm.netlink.gen
folder=$(echo "$package" | tr . /)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fail() {
  echo "$@" >&2
  exit 1
}

command -v jextract >/dev/null || fail "jextract is not on the PATH: see README.md"

# generate LIST: the class LIST and its structs, from LIST.conf.
generate() {
  echo "$1"
  twice=$(grep '^--' "$1.conf" | sort | uniq -d)
  [ -z "$twice" ] || fail "$1.conf has twice:" $twice
  jextract "@$1.conf" --header-class-name "$1" --target-package "$package" \
      --output "$out/$1" linux.h 2>"$out/log" || fail "$(cat "$out/log")"

  # jextract passes over a name it does not find in silence: ask of each one that it came out, as a
  # method if it is a constant, a method and a descriptor if it is a function, a file if a struct;
  # a variadic function is a class.
  (
    cd "$out/$1/$folder"
    sed -n 's/.* public static [A-Za-z]* \([A-Za-z0-9_$]*\)() {$/\1/p' "$1"*.java
    sed -n 's/.* public static class \(.*\) {$/\1$descriptor/p' "$1"*.java
    ls | sed 's/\.java$//'
  ) >"$out/names"
  missing=$(sed -n 's/^--include-function \(.*\)/\1$descriptor/p; t
      s/^--include-[a-z]* //p' "$1.conf" | grep -vxF -f "$out/names" || true)
  [ -z "$missing" ] || fail "$1.conf has what the headers have not:" $missing
}

# replace ROOT LIST...: puts what was generated into a source root, in place of what was there.
replace() {
  target=$1/$folder
  shift
  mkdir -p "$target"
  find "$target" -name '*.java' ! -name package-info.java -delete
  for list; do
    mv "$out/$list/$folder"/*.java "$target"
  done
}

main="libc netlink rtnetlink nftables conntrack"
test=functions
for list in $main $test; do
  generate "$list"
done
replace ../src/main/java $main
replace ../src/test/java $test
