#!/bin/bash
# `keyway launch slurm` on a private cluster of two nodes: a shard is stopped by its time limit's signal, one is
# killed, then a whole node dies with kill -9.
# shellcheck source=tests/cluster/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tests/cluster/private_slurm.sh
source "$(dirname "${BASH_SOURCE[0]}")/private_slurm.sh"
export KEYWAY_FAKE_MICROSECONDS=30000 # half a minute and more for the kills to meet shards at work
make_input 3000
start_cluster

# kill -9 of all that node $1 is: slurmd, the step daemons, the jobs.
kill_node() {
    local process parent environment victims=()
    for process in /proc/[0-9]*; do
        environment=$({ tr '\0' '\n' <"$process/environ"; } 2>/dev/null) || continue
        [[ $environment == *"SLURMD_NODENAME=$1"* && $environment == *"SLURM_CONF=$SLURM_CONF"* ]] || continue
        victims+=("${process#/proc/}")
        parent=$(awk '/^PPid/ { print $2 }' "$process/status")
        [[ $(cat "/proc/$parent/comm" 2>/dev/null) == slurmstepd ]] && victims+=("$parent")
    done
    kill -9 "$(cat "$cluster/$1.pid")" "${victims[@]}" 2>/dev/null
    say "kill -9 of node $1: slurmd and ${#victims[@]} processes of its jobs, at $(chunks_done) chunks"
}

"$keyway" launch slurm --shards 6 --time 10 --memory 200M -- "${screen[@]}" -o "the hits.tsv" || fail "launch"
bash "the hits.tsv.launch/start.sh" || fail "start.sh"
array=$(squeue -h -o %F -n "keyway-the_hits" | head -1)
wait_for_chunks 6 90
timeout 4 scancel --batch --signal=USR1 "${array}_1" 2>/dev/null & # it goes on asking after the job has gone
say "the signal before the time limit to shard 1"
sleep 1
kill_one_shard
wait_for_chunks 14 60
kill_node n2

end=$((SECONDS + 400))
while [[ -n $(squeue -h -o %i 2>/dev/null) ]]; do
    [[ $SECONDS -lt $end ]] || { squeue; fail "jobs are left after 400 s"; }
    # Slurm holds a requeued job for two minutes; an operator may shorten that.
    for job in $(squeue -h -r -t PENDING -o '%i %r' | awk '$2 == "BeginTime" { print $1 }'); do
        scontrol update "JobId=$job" StartTime=now && say "back in the queue: $job"
    done
    sleep 2
done
grep -h "back into the queue\|NODE FAIL\|DUE TO" "the hits.tsv.launch/logs/"*
grep -h "requeue" "$cluster/ctld.log" | head
[[ $(grep -c "back into the queue" "the hits.tsv.launch/logs/"shard-*.log | awk -F: '{ n += $2 } END { print n }') -ge 2 ]] ||
    fail "the stopped and the killed shard were not put back"
grep -q "due to failure of node n2" "$cluster/ctld.log" || fail "node n2 has not failed"
cat "the hits.tsv.launch/logs/merge.log"
expect_golden
