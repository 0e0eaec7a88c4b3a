#!/bin/bash
# `keyway launch snakemake`: one shard is killed and done again; a second start finds nothing to do.
# shellcheck source=tests/cluster/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need snakemake
make_input 2000
trap 'rm -rf "$folder"' EXIT

"$keyway" launch snakemake --shards 6 --jobs 3 -- "${screen[@]}" -o "the hits.tsv" || fail "launch"
bash "the hits.tsv.launch/start.sh" >first.log 2>&1 &
start=$!
wait_for_chunks 4 90
kill_one_shard
wait "$start" || { tail -30 first.log; fail "start.sh: code $?"; }
grep -i "retr\|restart" first.log | head -3
grep -q "Trying to restart" first.log || fail "no shard was done again"
expect_golden
bash "the hits.tsv.launch/start.sh" >second.log 2>&1
grep -q "Nothing to be done" second.log || fail "a second start did something"
say "a second start finds nothing to do"
