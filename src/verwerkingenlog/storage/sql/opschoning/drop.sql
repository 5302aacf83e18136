delete from open_opschoning where beheer = $1
