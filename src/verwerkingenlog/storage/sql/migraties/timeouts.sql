set local lock_timeout = '5s';
set local statement_timeout = '15min';
