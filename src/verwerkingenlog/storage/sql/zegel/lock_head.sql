-- Two sealers that both believe to be the only one wait here for each other.
select naam, grootte, wortel, verzegeld, checkpoint from kop for update
