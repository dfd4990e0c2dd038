"""Versions of a part: the seed of what was answered, decided about, and looked up."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    for table in ("submission", "override"):
        op.add_column(table, sa.Column("seed", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("seen", recreate="auto") as batch_op:
        batch_op.add_column(sa.Column("seed", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint(op.f("pk_seen"), type_="primary")
        batch_op.create_primary_key(op.f("pk_seen"), ["student_id", "part", "seed"])
