-- One statement, so that the act and the marker of its leaf are there together or not at all.
with daad as (
    insert into beheer (volgnummer, tijdstip, wie, gebeurtenis, inhoud, zaad) values ($1, $2, $3, $4, $5, $6)
)
insert into ongezegeld (eerste, bladeren) values ($1, $7)
