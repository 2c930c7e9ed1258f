using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace AdminPortal.Web.Data;

/// <summary>Stores an enumeration as a snake_case word with a CHECK, so that a person can read the table and no other word can be written.</summary>
public static class EnumText
{
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static PropertyBuilder<T> HasEnumText<TEntity, T>(this EntityTypeBuilder<TEntity> entity, Expression<Func<TEntity, T>> property)
        where TEntity : class where T : struct, Enum
    {
        var words = Enum.GetValues<T>().ToDictionary(Word);
        var builder = entity.Property(property)
            .HasConversion(new ValueConverter<T, string>(value => Word(value), word => words[word]))
            .HasColumnType("text");
        var column = JsonNamingPolicy.SnakeCaseLower.ConvertName(builder.Metadata.Name);
        entity.ToTable(table => table.HasCheckConstraint(
            $"ck_{table.Metadata.GetTableName()}_{column}",
            $"{column} IN ({string.Join(", ", words.Keys.Select(word => $"'{word}'"))})"));
        return builder;
    }
}
