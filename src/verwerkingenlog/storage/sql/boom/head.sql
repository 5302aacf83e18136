select naam, grootte, wortel, verzegeld, checkpoint from kop
