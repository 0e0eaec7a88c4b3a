#!/bin/bash
# `keyway launch slurm` on a private cluster of two nodes (slurmctld, two slurmd, munged; as root, on this host): a
# shard is stopped by its time limit's signal, one is killed, then a whole node dies with kill -9.
# shellcheck source=tests/cluster/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
need slurmctld slurmd sbatch munged mungekey
PATH=$PATH:/usr/sbin
[[ $(id -u) -eq 0 ]] || { say "SKIPPED: slurmd needs root"; exit "$SKIPPED"; }
[[ -d /sys/fs/cgroup/freezer ]] || { say "SKIPPED: slurmd of this version needs cgroup v1"; exit "$SKIPPED"; }
export KEYWAY_FAKE_MICROSECONDS=30000 # half a minute and more for the kills to meet shards at work
make_input 3000

cluster=$(mktemp -d /tmp/keyway-slurm.XXXXXX)
chmod 755 "$cluster"
export SLURM_CONF=$cluster/slurm.conf
end_cluster() {
    [[ -z $(squeue -h 2>/dev/null) ]] || scancel -u root 2>/dev/null
    sleep 1
    local name
    for name in n1 n2 ctld munged; do
        [[ -e $cluster/$name.pid ]] && kill -9 "$(cat "$cluster/$name.pid")" 2>/dev/null
    done
    if [[ -n ${KEYWAY_KEEP_CLUSTER:-} ]]; then say "kept: $cluster, $folder"; else rm -rf "$cluster" "$folder"; fi
}
trap end_cluster EXIT

port=$((20000 + $$ % 20000))
cat >"$SLURM_CONF" <<END
ClusterName=keyway
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.socket
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=10
JobRequeue=1
SlurmdParameters=config_overrides
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool.%n
SlurmctldPidFile=$cluster/ctld.pid
SlurmdPidFile=$cluster/%n.pid
SlurmctldLogFile=$cluster/ctld.log
SlurmdLogFile=$cluster/%n.log
AccountingStorageType=accounting_storage/none
NodeName=n[1-2] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=2 RealMemory=1000
PartitionName=all Nodes=ALL Default=YES State=UP
END
echo 'CgroupPlugin=cgroup/v1' >"$cluster/cgroup.conf"
mkdir "$cluster/state" "$cluster"/spool.n{1,2}
mungekey --create --keyfile "$cluster/munge.key"
munged --force --key-file="$cluster/munge.key" --socket="$cluster/munge.socket" --pid-file="$cluster/munged.pid" \
    --log-file="$cluster/munged.log" --seed-file="$cluster/munge.seed" || fail "munged"
slurmctld -i || fail "slurmctld"
for node in n1 n2; do slurmd -N "$node" || fail "slurmd"; done
for _ in $(seq 60); do
    [[ $(sinfo -h -N -o '%t' 2>/dev/null | grep -c idle) -eq 2 ]] && break
    sleep 1
done
sinfo -h -N -o '%N %t' | tr '\n' ';' && echo
[[ $(sinfo -h -N -o '%t' | grep -c idle) -eq 2 ]] || { tail "$cluster"/*.log; fail "the nodes do not come up"; }

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
