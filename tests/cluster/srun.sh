#!/bin/bash
# `srun keyway train --mpi` on a private cluster: two ranks on two nodes learn the same as two of mpirun; the job
# ends when a rank is killed, and three ranks of mpirun finish what it began.
# shellcheck source=tests/cluster/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tests/cluster/private_slurm.sh
source "$(dirname "${BASH_SOURCE[0]}")/private_slurm.sh"
need srun mpirun
unset KEYWAY_NETWORK_LIBRARY # the real one, beside the program
export KEYWAY_MODELS=$source_folder/models
# Open MPI: as root, more ranks than cores, in containers without cross-memory attach.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none

folder=$(mktemp -d "${TMPDIR:-/tmp}/keyway srun.XXXXXX")
receptor=/usr/share/pymol/data/tut/1hpv.pdb
[[ -e $receptor ]] || { say "SKIPPED: $receptor is not here (pymol-data)"; exit "$SKIPPED"; }
start_cluster
srun --mpi=list 2>&1 | grep -qw pmix || { say "SKIPPED: this Slurm has no PMIx"; exit "$SKIPPED"; }
cd "$folder" || exit 1
# Five sites of one protein; pK grows with the chain. The last is for validation.
awk 'BEGIN {
    print "target_id,structure,pocket_center_x,pocket_center_y,pocket_center_z,cluster,split" >"targets.csv"
    print "target_id,assay,smiles,pk" >"labels.csv"
    for (t = 1; t <= 5; ++t) {
        print "T" t ",protein.pdb," 3 + t ",2,14,C" t "," (t == 5 ? "valid" : "train") >"targets.csv"
        for (n = 6; n < 14; ++n) {
            chain = ""; for (j = 0; j < n; ++j) chain = chain "C"
            print "T" t ",A" t "," chain "O," 4 + 0.2 * n + 0.3 * t >"labels.csv"
        }
    }
}'
cp "$receptor" protein.pdb
"$keyway" dataset build --targets targets.csv --labels labels.csv -o data.h5 -q || fail "dataset build"
train=("$keyway" train -d data.h5 --model-config tiny --warmup-steps 5 --validate-every 40 --checkpoint-every 10
    --batches-per-step 6 -t 1 --mpi --progress never)
# What a step learned, without its times.
losses() { grep '"kind":"train"' "$1/metrics.jsonl" | grep -o '"loss":[^,}]*'; }

srun --mpi=pmix -N 2 -n 2 "${train[@]}" --steps 40 -o "of srun" || fail "srun"
mpirun -n 2 "${train[@]}" --steps 40 -o "of mpirun" || fail "mpirun"
[[ $(losses "of srun" | wc -l) -gt 3 ]] || fail "no losses"
diff <(losses "of srun") <(losses "of mpirun") || fail "srun learned something else than mpirun"
cmp "of srun/last.safetensors" "of mpirun/last.safetensors" || fail "the weights differ"
say "two ranks on two nodes: $(losses "of srun" | wc -l) losses and the weights are those of mpirun"

srun --mpi=pmix -N 2 -n 2 "${train[@]}" --steps 200 -o lost >lost.log 2>&1 &
job=$!
end=$((SECONDS + 120))
until compgen -G "lost/*checkpoint*" >/dev/null; do
    [[ $SECONDS -lt $end ]] || fail "no checkpoint: $(tail -5 lost.log)"
    sleep 0.2
done
for process in /proc/[0-9]*; do
    [[ $(readlink "$process/exe" 2>/dev/null) == "$keyway" ]] || continue
    { tr '\0' '\n' <"$process/environ"; } 2>/dev/null | grep -qx "SLURM_PROCID=1" || continue
    kill -9 "${process#/proc/}" && say "kill -9 of rank 1" && break
done
wait "$job" && fail "the job ended well without rank 1"
steps=$(losses lost | wc -l)
mpirun -n 3 "${train[@]}" --steps 200 -o lost --resume || fail "three ranks do not continue"
say "ended with rank 1; three ranks of mpirun continued: $steps, then $(losses lost | wc -l) losses"
[[ $(losses lost | wc -l) -gt $steps ]] || fail "nothing was learned after it"
