"""A row in each table of a PostgreSQL database, all about one case: what no story of ours reaches."""

from random import Random
from typing import Any

from sqlalchemy import Column, Connection, insert, select, text

from models.base import Base
from tests.factories import rows

TABLES = {table.name: table for table in Base.metadata.sorted_tables}
CHECKS = "SELECT conrelid::regclass, conname FROM pg_constraint WHERE conname LIKE 'ck_%'"


class House:
    """A row in each table, that hangs on one office, one account, one case, as a real one would."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows: dict[str, dict[str, Any]] = {}
        for table, rule in connection.execute(text(CHECKS)).all():  # values are of no matter here
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {rule}"))
        for code in ("HERE", "THERE"):
            self._add("organisations", code=code)
        self.there, self.here = (
            self.rows["organisations"]["id"],
            self.rows["organisations"]["id"] - 1,
        )
        self.rows["organisations"] = {"id": self.here, "code": "HERE"}
        unlinked = {"trail_cases", "case_facts", "fact_changes"}  # by number, without a key
        for name in sorted(TABLES, key=unlinked.__contains__):
            if name != "organisations":
                self._add(name)

    def _add(self, name: str, **given: Any) -> None:
        table = TABLES[name]
        row = given | {
            column.name: self._value(column)
            for column in table.columns
            if self._is_said(column) and column.name not in given
        }
        if name == "fact_state":  # its one row stands there from the beginning
            query: Any = select(table)
        else:
            query = insert(table).values(**row).returning(*table.columns)
        self.rows[name] = dict(self.connection.execute(query).mappings().one())

    @staticmethod
    def _is_said(column: Column[Any]) -> bool:
        return not (column.primary_key and column.name == "id")

    def _value(self, column: Column[Any]) -> Any:
        for key in column.foreign_keys:
            above = key.column
            return None if above.table is column.table else self.rows[above.table.name][above.name]
        known = {"case_id": "cases", "organisation_id": "organisations", "user_id": "users"}
        if column.name in known and known[column.name] in self.rows:
            return self.rows[known[column.name]]["id"]
        return rows.value(column, Random(3))
