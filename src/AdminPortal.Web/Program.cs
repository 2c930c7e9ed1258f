using AdminPortal.Web;

await Portal.Build(args).RunAsync();
