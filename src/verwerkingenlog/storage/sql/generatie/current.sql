select nummer from generatie
