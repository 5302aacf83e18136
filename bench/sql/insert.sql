insert into bericht (inhoud) values (:inhoud);
