#!/bin/sh
# check_collisions.sh STATIC... - no two static libraries define one global symbol.
#
# Within a shared library tsri_* names are hidden and cannot meet. Archives are linked
# into one program, where a second definition is an error, or worse: the linker takes
# the first object it needs and calls end up in another library's function.
LC_ALL=C; export LC_ALL
[ $# -gt 1 ] || { echo "usage: check_collisions.sh STATIC STATIC..."; exit 2; }
for f in "$@"; do [ -f "$f" ] || { echo "no $f"; exit 2; }; done

nm -A -g --defined-only "$@" 2>/dev/null |
  sed -n 's/^\(.*\)\.a:\([^:]*\):[^ ]* [A-Z] \([^ ]*\)$/\3 \1.a:\2/p' | sort |
  awk '{
    library = $2; sub(/:.*/, "", library)
    if ($1 == name && library != first) print $1 ": " place ", " $2
    else if ($1 != name) { name = $1; first = library; place = $2 }
    seen++
  } END { if (seen == 0) print "no symbols at all: is this the right nm?" }' |
  { ! grep .; }
