# shellcheck shell=bash
# tests/cluster: what the three tests share. Each runs a screen through `keyway launch` and a real scheduler, kills
# parts of it, and compares with one undivided run. Sourced; $1 keyway, $2 the fake network.
set -uo pipefail
keyway=$1 source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export KEYWAY_NETWORK_LIBRARY=$2
readonly SKIPPED=77

say() { printf '%(%H:%M:%S)T %s\n' -1 "$*"; }
fail() {
    say "FAILED: $*"
    exit 1
}
need() {
    local program
    for program in "$@"; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || {
            say "SKIPPED: $program is not installed; ./run test -L cluster installs it"
            exit "$SKIPPED"
        }
    done
}

# Blanks and quotes on purpose: names have to survive the shell, the scheduler and keyway.
make_input() { # RECORDS
    folder=$(mktemp -d "${TMPDIR:-/tmp}/keyway cluster's.XXXXXX")
    receptor=/usr/share/pymol/data/tut/1hpv.pdb
    [[ -e $receptor ]] || { say "SKIPPED: $receptor is not here (pymol-data)"; exit "$SKIPPED"; }
    model=$source_folder/models/fast
    awk -v records="$1" 'BEGIN {
        for (i = 1; i <= records; ++i) {
            chain = ""; for (j = 0; j <= i % 23; ++j) chain = chain "C"
            print (i % 97 == 0 ? "not a smiles" : chain "O") "\tm" i
        }
    }' >"$folder/my library.smi"
    screen=(screen -r "$receptor" --site-ligand 478 -l "my library.smi" -m "$model" --chunk-size 50 -q)
    cd "$folder" || exit 1
    KEYWAY_FAKE_MICROSECONDS=0 "$keyway" "${screen[@]}" -o golden.tsv || fail "the undivided screen"
    say "undivided: $(wc -l <golden.tsv) lines, $(sha256sum <golden.tsv | cut -c1-16)"
    export KEYWAY_FAKE_MICROSECONDS=${KEYWAY_FAKE_MICROSECONDS:-8000}
}

chunks_done() { find "the hits.tsv.parts" -name 'chunk-*.rows' 2>/dev/null | wc -l; }
wait_for_chunks() { # N SECONDS
    local end=$((SECONDS + $2))
    while [[ $(chunks_done) -lt $1 ]]; do
        [[ $SECONDS -lt $end ]] || fail "only $(chunks_done) chunks after $2 s"
        sleep 0.2
    done
}

# Process ids of keyway screens in $folder, one of ours each: never anything else on this machine.
our_screens() {
    local process parent
    for process in /proc/[0-9]*; do
        [[ $(readlink "$process/cwd" 2>/dev/null) == "$folder" && $(readlink "$process/exe" 2>/dev/null) == "$keyway" ]] || continue
        parent=$(awk '/^PPid/ { print $2 }' "$process/status" 2>/dev/null)
        [[ $(readlink "/proc/$parent/exe") != "$keyway" ]] || continue # a child that reads ligands
        tr '\0' ' ' <"$process/cmdline" | grep -q -- '--shard' && printf '%s\n' "${process#/proc/}"
    done
}
kill_one_shard() {
    local victim
    victim=$(our_screens | head -1)
    [[ -n $victim ]] || fail "no shard is at work"
    kill -9 "$victim" && say "kill -9 of a shard (process $victim) at $(chunks_done) chunks"
}

expect_golden() {
    cmp golden.tsv "the hits.tsv" || fail "the table differs from the undivided one"
    say "the table is the undivided one, byte for byte"
}
