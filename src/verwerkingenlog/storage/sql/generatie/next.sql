select volgende_generatie()
