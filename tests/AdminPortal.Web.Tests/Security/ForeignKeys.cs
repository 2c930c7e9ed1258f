using System.Security.Cryptography.X509Certificates;
using System.Xml.Linq;
using AdminPortal.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AdminPortal.Web.Tests.Security;

/// <summary>Keys that somebody else made with the framework's own means, as rows for the portal's table.</summary>
internal sealed class ForeignKeys : IXmlRepository
{
    private readonly List<XElement> elements = [];
    private readonly ServiceProvider services;

    /// <param name="certificate">What wraps the keys; null leaves them plain. Its public half is enough.</param>
    public ForeignKeys(X509Certificate2? certificate)
    {
        var collection = new ServiceCollection();
        var keys = collection.AddDataProtection().SetApplicationName("AdminPortal").AddKeyManagementOptions(options => options.XmlRepository = this);
        if (certificate is not null) keys.ProtectKeysWithCertificate(certificate);
        services = collection.BuildServiceProvider();
    }

    public IDataProtectionProvider Provider => services.GetRequiredService<IDataProtectionProvider>();

    /// <summary>A key that is newer than all others, and would be the one in force.</summary>
    public (Guid Id, XElement Xml) Make()
    {
        var now = TimeProvider.System.GetUtcNow();
        var key = services.GetRequiredService<IKeyManager>().CreateNewKey(now.AddMinutes(4), now.AddDays(400));
        return (key.KeyId, elements[^1]);
    }

    public IReadOnlyCollection<XElement> GetAllElements() => [.. elements];

    public void StoreElement(XElement element, string friendlyName) => elements.Add(element);

    /// <summary>As the database's owner writes it.</summary>
    /// <returns>The number of the row.</returns>
    public static async Task<int> InsertAsync(TestDatabase database, string xml, string name, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var insert = new NpgsqlCommand("INSERT INTO data_protection_keys (friendly_name, xml) VALUES ($1, $2) RETURNING id", connection) { Parameters = { new() { Value = name }, new() { Value = xml } } };
        return (int)(await insert.ExecuteScalarAsync(cancellationToken))!;
    }
}
