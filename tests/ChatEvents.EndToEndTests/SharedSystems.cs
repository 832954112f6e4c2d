namespace ChatEvents.EndToEndTests;

// A system takes seconds to start, so that classes share one. Each leaves it as it was: without connections, and with one worker of each kind.

[CollectionDefinition]
public sealed class OneLocalSystem : ICollectionFixture<LocalSystemFixture>;

[CollectionDefinition]
public sealed class OneSystemOfUsers : ICollectionFixture<RequiredTokens>;

[CollectionDefinition]
public sealed class OneSystemOfPrograms : ICollectionFixture<SeparateProgramsFixture>;
