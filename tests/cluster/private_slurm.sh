# shellcheck shell=bash
# tests/cluster: a private Slurm cluster of two nodes with two cores each on this host (slurmctld, two slurmd, munged;
# as root). Sourced after common.sh; end_cluster takes it down, and $folder with it.
need slurmctld slurmd sbatch munged mungekey
PATH=$PATH:/usr/sbin
[[ $(id -u) -eq 0 ]] || { say "SKIPPED: slurmd needs root"; exit "$SKIPPED"; }
[[ -d /sys/fs/cgroup/freezer ]] || { say "SKIPPED: slurmd of this version needs cgroup v1"; exit "$SKIPPED"; }

folder=${folder:-} # of the test
end_cluster() {
    [[ -z $(squeue -h 2>/dev/null) ]] || scancel -u root 2>/dev/null
    sleep 1
    local name
    for name in n1 n2 ctld munged; do
        [[ -e $cluster/$name.pid ]] && kill -9 "$(cat "$cluster/$name.pid")" 2>/dev/null
    done
    if [[ -n ${KEYWAY_KEEP_CLUSTER:-} ]]; then say "kept: $cluster, $folder"; else rm -rf "$cluster" "$folder"; fi
}

start_cluster() {
    cluster=$(mktemp -d /tmp/keyway-slurm.XXXXXX)
    chmod 755 "$cluster"
    export SLURM_CONF=$cluster/slurm.conf
    trap end_cluster EXIT
    local port node
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
TmpFS=$cluster/tmp.%n
SlurmctldPidFile=$cluster/ctld.pid
SlurmdPidFile=$cluster/%n.pid
SlurmctldLogFile=$cluster/ctld.log
SlurmdLogFile=$cluster/%n.log
AccountingStorageType=accounting_storage/none
NodeName=n[1-2] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=2 RealMemory=1000
PartitionName=all Nodes=ALL Default=YES State=UP
END
    echo 'CgroupPlugin=cgroup/v1' >"$cluster/cgroup.conf"
    mkdir "$cluster/state" "$cluster"/{spool,tmp}.n{1,2}
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
}
