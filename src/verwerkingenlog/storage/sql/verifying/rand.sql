select niveau, hashes from rand order by niveau
