#!/bin/sh
# report_vendor_symbols.sh SHARED... - which libraries of others that we load
# can end the process or print. We cannot forbid it; we say it.
LC_ALL=C; export LC_ALL
watched='abort|exit|_exit|__assert_fail|raise|printf|puts|putchar|perror|fprintf|vfprintf|fputs|fputc|__printf_chk|__fprintf_chk|__vfprintf_chk|stdout|stderr|_gfortran_stop_string|_gfortran_st_write'
for lib in "$@"; do ldd "$lib"; done |
  awk '$2 == "=>" && $3 ~ /^\// && $1 !~ /^lib(tsr-|c\.|m\.|dl\.|pthread|gcc_s)/ {print $1, $3}' | sort -u |
  while read -r name path; do
    used=$(nm -D --undefined-only "$path" | awk -v w="^($watched)\$" '{sub(/@.*/, "", $2)} $2 ~ w {print $2}' | sort -u)
    echo "$name:" ${used:-nothing}
  done
