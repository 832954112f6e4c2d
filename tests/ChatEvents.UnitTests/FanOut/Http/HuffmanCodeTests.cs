using ChatEvents.FanOut.Posting.Http2;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>The examples of RFC 7541, appendix C, and every symbol there is.</summary>
public sealed class HuffmanCodeTests
{
    [Theory]
    [InlineData("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com")]
    [InlineData("a8eb10649cbf", "no-cache")]
    [InlineData("25a849e95ba97d7f", "custom-key")]
    [InlineData("25a849e95bb8e8b4bf", "custom-value")]
    [InlineData("6402", "302")]
    [InlineData("aec3771a4b", "private")]
    [InlineData("d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT")]
    [InlineData("9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com")]
    [InlineData("94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")]
    [InlineData("", "")]
    public void A_packed_text_is_what_it_was(string packed, string text) =>
        Assert.Equal(text, HuffmanCode.Decode(Convert.FromHexString(packed)));

    [Theory]
    [InlineData("00")] // '0' and then three bits that are no ones
    [InlineData("ffffffff")] // the end of a text, which is never sent
    [InlineData("f1e3c2e5f23a6ba0ab90f4ffff")] // a whole byte that fills nothing
    public void What_is_not_packed_with_this_code_is_refused(string packed) =>
        Assert.Throws<InvalidDataException>(() => HuffmanCode.Decode(Convert.FromHexString(packed)));
}
