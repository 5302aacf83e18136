-- The versions that go with beheer record $1, and that they have not gone yet.
with manifest as (
    insert into opschoning (beheer, versies) values ($1, $2)
)
insert into open_opschoning (beheer) values ($1)
