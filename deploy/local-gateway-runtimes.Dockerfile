# The local gateway with Node and Python beside it, for functions of both that it starts itself:
#   docker build -f deploy/Dockerfile --target local-gateway -t chat-events/local-gateway .
#   docker build -f deploy/local-gateway-runtimes.Dockerfile -t chat-events/local-gateway:runtimes deploy
#   docker run --rm -p 8080:8080 -v "$PWD:/project" -w /project chat-events/local-gateway:runtimes gateway.json
#
# Node and Python are those of the base image's distribution. A project that needs another version builds on this image and brings its own.
ARG GATEWAY=chat-events/local-gateway
FROM $GATEWAY
USER root
RUN apt-get update \
 && apt-get install -y --no-install-recommends nodejs python3 python3-boto3 \
 && rm -rf /var/lib/apt/lists/*
# The same user as in the gateway's image; its certificate is kept in a volume, if there is one.
USER $APP_UID
ENTRYPOINT ["dotnet", "/app/ChatEvents.LocalGateway.dll", "--address", "0.0.0.0"]
