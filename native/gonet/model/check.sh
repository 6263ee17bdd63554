#!/bin/sh
# Checks polldesc.pml with spin: the model itself must be free of faults, and each mutant must have one.
# Prints a line per case, as the tests do; exit status 1 when one failed.
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
command -v spin >/dev/null || { echo "skip the poll descriptor's model: spin is not installed"; exit 0; }
failed=0

# faults <mutant> <skip> <cc's option> <hash table's size>: the number of errors that spin finds. A depth
# that is too small counts as a failure; a table that is too small costs time alone.
faults() {
  spin -DMUTANT="$1" -DSKIP="$2" -a "$here/polldesc.pml" >spin.out 2>&1 || { cat spin.out >&2; echo failed; return; }
  cc "$3" -w -DSAFETY -DVECTORSZ=2048 -o pan pan.c 2>cc.out || { cat cc.out >&2; echo failed; return; }
  ./pan -m10000 "-w$4" >pan.out 2>&1
  grep -q "max search depth too small" pan.out && { echo failed; return; }
  sed -n 's/.*errors: \([0-9]*\)$/\1/p' pan.out
}

free_of_faults() {  # free_of_faults <skip> <case>
  found=$(faults 0 "$1" -O1 22)
  states=$(sed -n 's/ *\([0-9]*\) states, stored.*/\1/p' pan.out)
  if [ "$found" = 0 ]; then
    echo "ok $2: in any of $states states"
  else
    echo "not ok $2: errors: $found"
    failed=1
  fi
}

# The fault is among the first states: what it takes to compile matters, not to search.
refuted() {  # refuted <mutant> <skip>
  found=$(faults "$1" "$2" -O0 18)
  if [ "$found" = 1 ]; then
    echo "ok mutant $1 is refuted: $(grep -m1 '^pan:1' pan.out | sed 's/^pan:1: //')"
  else
    echo "not ok mutant $1 is refuted: errors: $found"
    failed=1
  fi
}

free_of_faults 0 "no wake-up is lost or given twice"
for mutant in 1 2 3 4 5; do refuted $mutant 0; done
free_of_faults 1 "no wake-up is lost or given twice with skip-read"
for mutant in 6 7 8; do refuted $mutant 1; done
exit $failed
