select exists (select from zegel) or exists (select from tegel) or exists (select from rand)
