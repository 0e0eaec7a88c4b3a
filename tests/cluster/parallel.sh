#!/bin/bash
# `keyway launch parallel`: one shard is killed and done again; then all of GNU parallel is killed and goes on.
# shellcheck source=tests/cluster/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need parallel
make_input 3000
trap 'rm -rf "$folder"' EXIT

"$keyway" launch parallel --shards 6 --jobs 3 -- "${screen[@]}" -o "the hits.tsv" || fail "launch"
bash "the hits.tsv.launch/start.sh" >first.log 2>&1 &
start=$!
wait_for_chunks 4 60
kill_one_shard
wait_for_chunks 20 120
# The whole of it: the script, parallel, and its shards.
mapfile -t all < <(pgrep -P "$start"; our_screens)
kill -9 "$start" "${all[@]}"
wait "$start"
say "kill -9 of everything at $(chunks_done) chunks"
[[ ! -e "the hits.tsv" ]] || fail "a table before the end"
bash "the hits.tsv.launch/start.sh" || fail "the second start: code $?"
expect_golden
