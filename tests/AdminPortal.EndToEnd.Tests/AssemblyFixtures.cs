using AdminPortal.EndToEnd.Tests;
using AdminPortal.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]
[assembly: AssemblyFixture(typeof(BrowserFixture))]
