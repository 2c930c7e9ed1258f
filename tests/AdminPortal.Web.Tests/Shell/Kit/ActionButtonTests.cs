using AdminPortal.Web.Shell.Kit;
using Bunit;

namespace AdminPortal.Web.Tests.Shell.Kit;

public sealed class ActionButtonTests : KitTest
{
    [Fact]
    public void Button_with_a_reason_stays_focusable_explains_itself_and_does_nothing()
    {
        var clicks = 0;
        var view = Render<ActionButton>(p => p.Add(b => b.Text, "Approve removal").Add(b => b.Why, "You made this request.").Add(b => b.OnClick, () => { clicks++; }));
        var button = view.Find("button");
        button.Click();
        Assert.Equal(0, clicks);
        Assert.Equal("true", button.GetAttribute("aria-disabled"));
        Assert.False(button.HasAttribute("disabled"));
        Assert.Equal("You made this request.", view.Find("#" + button.GetAttribute("aria-describedby")).TextContent);
    }

    [Fact]
    public void Button_without_a_reason_acts()
    {
        var clicks = 0;
        var view = Render<ActionButton>(p => p.Add(b => b.Text, "Approve removal").Add(b => b.OnClick, () => { clicks++; }));
        view.Find("button").Click();
        Assert.Equal(1, clicks);
        Assert.False(view.Find("button").HasAttribute("aria-disabled"));
        Assert.Empty(view.FindAll(".why"));
    }

    [Fact]
    public async Task Button_clicked_again_while_it_runs_acts_once()
    {
        var (clicks, done) = (0, new TaskCompletionSource());
        var view = Render<ActionButton>(p => p.Add(b => b.Text, "Send 39 invitations").Add(b => b.RunningText, "Sending").Add(b => b.OnClick, () =>
        {
            clicks++;
            return done.Task;
        }));
        var first = view.Find("button").ClickAsync();
        Assert.Equal("Sending", view.Find("button").TextContent.Trim());
        await view.Find("button").ClickAsync();
        done.SetResult();
        await first;
        Assert.Equal(1, clicks);
        Assert.Equal("Send 39 invitations", view.Find("button").TextContent.Trim());
    }
}
