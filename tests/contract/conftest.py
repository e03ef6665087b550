"""One migrated cluster for all contract tests that only read; those that write make their own database in it."""
import itertools

import pytest
from cluster import Cluster

numbers = itertools.count()


@pytest.fixture(scope="session")
def cluster():
    with Cluster(fsync=False) as made:
        made.migrate()
        yield made


@pytest.fixture
def database(cluster):
    """A fresh, empty database of the cluster, by name."""
    name = f"empty_{next(numbers)}"
    cluster.sql(f"CREATE DATABASE {name}")
    yield name
    cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")
