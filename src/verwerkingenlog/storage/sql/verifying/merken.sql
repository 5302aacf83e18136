select eerste, bladeren from ongezegeld where eerste > $1 order by eerste limit $2
