select voer_opschoning_uit($1)
