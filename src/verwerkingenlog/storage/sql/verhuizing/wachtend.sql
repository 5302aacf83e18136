select coalesce(sum(length(bladeren) / 32), 0) from ongezegeld
