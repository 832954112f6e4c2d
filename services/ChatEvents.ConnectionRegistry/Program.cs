Microsoft.AspNetCore.Builder.WebApplication.CreateBuilder(args).Build();
