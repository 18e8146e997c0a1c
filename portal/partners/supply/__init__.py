"""Supply: which distributor supplies which partner, dated. It opens lines that name the distributor, nothing else."""
