select hashes from rand order by niveau
