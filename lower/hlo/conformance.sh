#!/usr/bin/env bash
# Runs the test suite of openxla/stablehlo and prints a table of its folders.
#
#   lower/hlo/conformance.sh DIR [BACKEND...]
#
# DIR is a checkout of openxla/stablehlo, or its folder stablehlo (with testdata and tests). Backends: interp and cpu unless named, and
# pjrt:PATH. skips.txt says which modules are left out and why, skips-pjrt.txt which more of them on PJRT. Failures are printed behind the
# table, and lines of these lists that are no longer needed; exit 1 if there are any.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: conformance.sh DIR [BACKEND...]}
shift
backends=("${@:-}")
[ -n "${backends[0]}" ] || backends=(interp cpu)
[ -d "$dir/testdata" ] || dir=$dir/stablehlo
[ -d "$dir/testdata" ] || { echo "conformance: $dir holds no testdata: want a checkout of openxla/stablehlo" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$here" && go build -o "$work/hlo" .)
cd "$dir"

# row NAME PATH...: one row of the table for each backend.
failed=0
row() {
  local name=$1
  shift
  for b in "${backends[@]}"; do
    cat "$here/skips.txt" >"$work/skips"
    if [[ $b == pjrt* ]]; then cat "$here/skips-pjrt.txt" >>"$work/skips"; fi
    "$work/hlo" check --backend "$b" --skips "$work/skips" "$@" >"$work/out" || true
    local last
    last=$(tail -n 1 "$work/out")
    if ! [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
      echo "conformance: hlo check $name on $b ended early: $last" >&2
      exit 2
    fi
    printf '%-24s %-10s %8d %8d %8d\n' "$name" "${b%%:*}" "${BASH_REMATCH[@]:1}"
    failed=$((failed + BASH_REMATCH[2]))
    sum[$b]=$(add "${sum[$b]:-0 0 0}" "${BASH_REMATCH[@]:1}")
    head -n -1 "$work/out" | sed "s|^|$b: |" >>"$work/failures"
  done
}
add() { read -r p f s <<<"$1"; echo "$((p + $2)) $((f + $3)) $((s + $4))"; }

declare -A sum
touch "$work/failures"
printf '%-24s %-10s %8s %8s %8s\n' folder backend passed failed skipped
row testdata testdata/*.mlir
row testdata/quantized testdata/quantized
row testdata/dynamic testdata/dynamic
row tests/interpret tests/interpret/*.mlir
row tests/interpret/chlo tests/interpret/chlo
row tests/math tests/math
for b in "${backends[@]}"; do
  printf '%-24s %-10s %8d %8d %8d\n' total "${b%%:*}" ${sum[$b]}
done
cat "$work/failures"

# Lines that no backend of a list needs are to go.
for b in "${backends[@]}"; do
  list=skips.txt
  if [[ $b == pjrt* ]]; then list=skips-pjrt.txt; fi
  "$work/hlo" check --stale --backend "$b" --skips "$here/$list" testdata tests/interpret tests/math >"$work/out" || true
  tail -n 1 "$work/out" | grep -q ' stale$' || { echo "conformance: hlo check --stale on $b ended early" >&2; exit 2; }
  head -n -1 "$work/out" | sed "s|^|$list: |" >"$work/stale-now"
  # Of several backends with one list, what all of them call stale.
  if [ -e "$work/stale-$list" ]; then grep -Fx -f "$work/stale-now" "$work/stale-$list" >"$work/both" || true; mv "$work/both" "$work/stale-$list"
  else mv "$work/stale-now" "$work/stale-$list"; fi
done
cat "$work"/stale-skips*
[ "$failed" -eq 0 ] && [ -z "$(cat "$work"/stale-skips*)" ]
