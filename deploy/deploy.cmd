@rem Everything from a checkout to a running chat on AWS; docs/deploy.md.
@dotnet run --project "%~dp0ChatEvents.Deploy" -- %*
