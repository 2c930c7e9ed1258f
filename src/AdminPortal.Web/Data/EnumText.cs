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
        var builder = entity.Property(property).HasConversion(Words<T>()).HasColumnType("text");
        Check<TEntity, T>(entity, builder.Metadata.Name);
        return builder;
    }

    /// <summary>The same for a value that may be missing.</summary>
    public static PropertyBuilder<T?> HasEnumText<TEntity, T>(this EntityTypeBuilder<TEntity> entity, Expression<Func<TEntity, T?>> property)
        where TEntity : class where T : struct, Enum
    {
        var builder = entity.Property(property).HasConversion(Words<T>()).HasColumnType("text");
        Check<TEntity, T>(entity, builder.Metadata.Name);
        return builder;
    }

    private static ValueConverter<T, string> Words<T>() where T : struct, Enum
    {
        var words = Enum.GetValues<T>().ToDictionary(Word);
        return new ValueConverter<T, string>(value => Word(value), word => words[word]);
    }

    private static void Check<TEntity, T>(EntityTypeBuilder<TEntity> entity, string property) where TEntity : class where T : struct, Enum
    {
        var column = JsonNamingPolicy.SnakeCaseLower.ConvertName(property);
        entity.ToTable(table => table.HasCheckConstraint(
            $"ck_{table.Metadata.GetTableName()}_{column}",
            $"{column} IN ({string.Join(", ", Enum.GetValues<T>().Select(value => $"'{Word(value)}'"))})"));
    }
}
