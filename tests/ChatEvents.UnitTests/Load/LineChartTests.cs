using System.Xml.Linq;
using ChatEvents.Load.Output;

namespace ChatEvents.UnitTests.Load;

public class LineChartTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 1)]
    [InlineData(5.1, 2)]
    [InlineData(11_622, 5_000)]
    [InlineData(0.3, 0.1)]
    public void Five_gaps_of_a_round_number_hold_the_largest_value(double largest, double gap) => Assert.Equal(gap, LineChart.GapFor(largest), 6);

    [Fact]
    public void It_is_SVG_with_a_point_for_each_value_that_there_is_and_texts_as_text()
    {
        var chart = new LineChart("<a> & b", "step", ["1", "2", "3"], "left", "right");
        chart.Add("one", [1, null, 3]);
        chart.Add("two", [null, null, null], isRight: true);

        var svg = XDocument.Parse(chart.ToString());

        Assert.Contains(svg.Descendants(), element => element.Value == "<a> & b");
        Assert.Equal(2, svg.Descendants().Count(element => element.Name.LocalName == "circle"));
    }
}
