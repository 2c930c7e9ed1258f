namespace AdminPortal.Simulator;

/// <summary>One of the people of the demo: known to the simulated Entra tenant and a Calendly user.</summary>
public sealed record DemoPerson(string Name, string Email, string Oid, IReadOnlyList<string> Roles, string CalendlyRole);

/// <summary>What a portal needs to be configured with so that it can talk to a simulator.</summary>
public static class SimulatorDefaults
{
    public const string TenantId = "8f1e6f0a-3a5b-4c52-9d37-6d2f4a1c0b11";
    public const string EntraClientId = "c2a6a1de-5f7e-4d0e-a4b9-0d8b3a7e2f10";
    public const string EntraClientSecret = "simulator-entra-secret";
    public const string CalendlyClientId = "simulator-calendly-client";
    public const string CalendlyClientSecret = "simulator-calendly-secret";
    public const string OrganizationName = "Harbourlight Group";

    public static DemoPerson Olivia { get; } = new("Olivia Ortiz", "olivia.ortiz@example.com", "0a6f3d52-8c1b-4e77-9a41-5b0c2d9e1f01", ["Operator"], "admin");
    public static DemoPerson Sam { get; } = new("Sam Okafor", "sam.okafor@example.com", "1b7e4c63-9d2c-4f88-8b52-6c1d3eaf2a02", ["Operator", "Approver"], "admin");
    public static DemoPerson Arjun { get; } = new("Arjun Rao", "arjun.rao@example.com", "2c8d5b74-ae3d-4099-9c63-7d2e4fb03b03", ["Approver"], "user");
    public static DemoPerson Vera { get; } = new("Vera Lind", "vera.lind@example.com", "3d9c6a85-bf4e-41aa-8d74-8e3f50c14c04", ["Viewer"], "user");
    public static DemoPerson Audrey { get; } = new("Audrey Kim", "audrey.kim@example.com", "4eab7996-c05f-42bb-9e85-9f4061d25d05", ["Auditor"], "user");
    public static DemoPerson Priya { get; } = new("Priya Nair", "priya.nair@example.com", "5fba88a7-d160-43cc-8f96-a05172e36e06", ["Administrator", "Operator"], "owner");
    public static DemoPerson Noah { get; } = new("Noah Grey", "noah.grey@example.com", "60c997b8-e271-44dd-90a7-b16283f47f07", [], "user");

    public static IReadOnlyList<DemoPerson> People { get; } = [Olivia, Sam, Arjun, Vera, Audrey, Priya, Noah];
}
