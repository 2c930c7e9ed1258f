using AdminPortal.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]
