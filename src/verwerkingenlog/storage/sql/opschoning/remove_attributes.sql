select verwijder_kenmerken()
