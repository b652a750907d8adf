#!/usr/bin/env bash
# Runs every fuzz function of the module, SECONDS together: internal/test/fuzz/run.sh SECONDS
set -euo pipefail
total=$1
go=${GO:-go} tags=${TAGS:-}

found=()
while read -r dir; do
  while read -r name; do
    found+=("$dir $name")
  done < <("$go" test -tags "$tags" -list '^Fuzz' "./$dir" | grep '^Fuzz')
done < <(grep -rlE '^func Fuzz' --include='*_test.go' encrypt hooks internal keys policy | xargs -n1 dirname | sort -u)

if [ ${#found[@]} -eq 0 ]; then
  echo 'fuzz: no fuzz function found' >&2
  exit 1
fi
each=$((total / ${#found[@]}))
[ "$each" -ge 1 ] || each=1
echo "${#found[@]} fuzz functions, $each s each"
for f in "${found[@]}"; do
  read -r dir name <<<"$f"
  printf '%s %s\n' "$dir" "$name"
  # Few workers: a fuzz worker that is starved of its processor looks hung. For
  # the same reason the time limit may end one that is at work, which go test
  # calls a failure (golang.org/issue/48157): one that found something names the input.
  status=0
  out=$("$go" test -tags "$tags" -run '^$' -fuzz "^$name\$" -fuzztime "${each}s" -parallel 2 "./$dir" 2>&1) || status=$?
  grep -vE '^fuzz: elapsed|^PASS' <<<"$out" || true
  if [ $status -ne 0 ] && { ! grep -q '^ *context deadline exceeded$' <<<"$out" || grep -q 'Failing input' <<<"$out"; }; then
    exit 1
  fi
done
