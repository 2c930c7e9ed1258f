namespace AdminPortal.Web;

public static class Portal
{
    public static WebApplication Build(string[] args) => WebApplication.CreateBuilder(args).Build();
}
