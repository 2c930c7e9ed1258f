using System.Globalization;
using System.Text;

namespace AdminPortal.Simulator.Model;

/// <summary>A region's first and last names, and where its people live.</summary>
internal sealed record Region(string[] First, string[] Last, string[] TimeZones)
{
    public static Region Of(string first, string last, string zones) => new(first.Split(' '), last.Split(' '), zones.Split(' '));
}

/// <summary>Names as a company with offices around the world has them.</summary>
internal static class Names
{
    public static IReadOnlyList<Region> Regions { get; } =
    [
        Region.Of("James Emma Oliver Amelia Jack Grace Harry Charlotte Thomas Isla George Freya Callum Niamh Rhys Eleanor Ewan Poppy Declan Imogen",
            "Smith Jones Taylor Brown Williams Wilson Davies Evans Thomas Roberts Walker Wright Robinson Thompson Hughes Edwards Murphy MacLeod O'Brien Fletcher Whitmore Bradshaw",
            "Europe/London Europe/Dublin"),
        Region.Of("Liam Ava Ethan Madison Mason Harper Logan Avery Carter Brooke Hunter Paige Dylan Morgan Tyler Savannah Marcus Jasmine Andre Kayla",
            "Johnson Miller Anderson Jackson Martin Thompson Garcia Moore Clark Lewis Hall Young King Scott Green Baker Nelson Carter Mitchell Washington Reyes Sullivan",
            "America/New_York America/Chicago America/Denver America/Los_Angeles America/Toronto"),
        Region.Of("Lukas Hannah Felix Lena Jonas Mia Maximilian Sophie Paul Klara Moritz Johanna Jürgen Käthe Sebastian Greta Matthias Annika Björn Wiebke",
            "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Groß Zimmermann Krüger Hartmann",
            "Europe/Berlin Europe/Vienna Europe/Zurich"),
        Region.Of("Hugo Camille Louis Manon Jules Léa Gabriel Chloé Raphaël Inès Théo Élodie Mathieu Anaïs Benoît Margaux Étienne Zoé François Océane",
            "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel Garnier Roux Fournier Girard Bonnet Mercier Chevalier Gauthier",
            "Europe/Paris Europe/Brussels America/Montreal"),
        Region.Of("Mateo Lucía Santiago Valentina Alejandro Sofía Diego Camila Javier Martina Andrés Paula Joaquín Ximena Álvaro Marisol Íñigo Daniela Rubén Noelia",
            "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz Vásquez Morales Ortega Castillo Ibáñez Muñoz Peña Quiroga",
            "Europe/Madrid America/Mexico_City America/Bogota America/Argentina/Buenos_Aires"),
        Region.Of("João Beatriz Miguel Helena Pedro Larissa Rafael Júlia Thiago Mariana Gustavo Fernanda Caio Letícia Bruno Tainá Vinícius Isadora Leandro Débora",
            "Silva Santos Oliveira Souza Pereira Costa Ferreira Almeida Carvalho Gomes Ribeiro Martins Araújo Barbosa Rocha Monteiro Cardoso Nogueira Teixeira Simões Brandão Falcão",
            "America/Sao_Paulo Europe/Lisbon"),
        Region.Of("Aarav Ananya Vivaan Diya Rohan Kavya Aditya Meera Karthik Nisha Siddharth Pooja Rahul Lakshmi Vikram Sneha Manish Divya Harish Ishita",
            "Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Mehta Desai Joshi Kapoor Banerjee Chatterjee Menon Pillai Verma Agarwal Bhat Kulkarni Chaudhary Srinivasan",
            "Asia/Kolkata"),
        Region.Of("Haruto Yui Sota Sakura Ren Aoi Daiki Hina Kenji Misaki Takumi Nanami Hiroshi Ayaka Shota Emi Yuto Kaori Ryo Mei",
            "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto Inoue Kimura Hayashi Shimizu Mori Ikeda Hashimoto Ogawa",
            "Asia/Tokyo"),
        Region.Of("Wei Xiuying Jun Yan Lei Ming Hao Jing Bo Ling Tao Xin Feng Mei-Ling Jian Yue Cheng Rui Zhen Qiang",
            "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo Lin He Gao Luo Zheng Liang",
            "Asia/Shanghai Asia/Singapore Asia/Hong_Kong Asia/Taipei"),
        Region.Of("Minjun Seoyeon Jiho Hayoon Dohyun Jiwoo Sungmin Eunji Taeyang Soojin Hyunwoo Nari Jaewon Yuna Kyung Minseo Donghae Haeun Joon Sora",
            "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Yoo Hong Moon Baek",
            "Asia/Seoul"),
        Region.Of("Chidi Amara Emeka Ngozi Tunde Folake Kwame Abena Kofi Adwoa Sipho Thandiwe Jabulani Nomsa Kamau Wanjiru Otieno Achieng Babajide Zainab",
            "Okafor Adeyemi Eze Nwosu Balogun Obi Mensah Asante Boateng Owusu Dlamini Nkosi Ndlovu Mokoena Mwangi Kariuki Odhiambo Njoroge Abiodun Bello Okonkwo Sithole",
            "Africa/Lagos Africa/Accra Africa/Johannesburg Africa/Nairobi"),
        Region.Of("Omar Layla Yusuf Fatima Karim Nour Hassan Salma Tariq Amira Khalid Rania Bilal Yasmin Samir Dalia Ziad Hana Faisal Mariam",
            "Hassan Ali Ibrahim Mahmoud Khalil Haddad Nasser Saleh Farouk Mansour Aziz Rahman Qureshi Malik Siddiqui Khoury Sabbagh Darwish Najjar Shaheen Awad Bakr",
            "Africa/Cairo Asia/Dubai Asia/Karachi Asia/Beirut"),
        Region.Of("Lars Ingrid Søren Astrid Mikkel Freja Erik Linnéa Henrik Sigrid Anders Maja Åse Bjørn Saga Torsten Elin Jørgen Ebba Kasper",
            "Hansen Johansson Nielsen Andersson Jensen Karlsson Olsen Larsson Berg Lindqvist Sørensen Bergström Dahl Nyström Holm Sjöberg Lund Åkesson Bakke Østergaard Virtanen Korhonen",
            "Europe/Stockholm Europe/Oslo Europe/Copenhagen Europe/Helsinki"),
        Region.Of("Jakub Zuzanna Łukasz Agnieszka Piotr Katarzyna Tomáš Tereza Ondřej Kateřina Andrei Ioana Mihai Elena Oleksandr Oksana Dmytro Iryna Bogdan Milena",
            "Nowak Kowalski Wiśniewski Wójcik Kamiński Zieliński Szymański Novák Dvořák Černý Procházka Popescu Ionescu Dumitrescu Shevchenko Kovalenko Bondarenko Melnyk Petrović Horváth Szabó Nagy",
            "Europe/Warsaw Europe/Prague Europe/Bucharest Europe/Kyiv Europe/Budapest"),
        Region.Of("Jack Matilda Cooper Ruby Lachlan Sienna Angus Tahlia Hemi Aroha Nikau Anahera Bailey Indi Flynn Maeve Tane Kiri Jasper Willow",
            "Campbell Kelly Ryan Stewart Cooper Bailey Harris Marshall Ngata Parata Tamihana Walker Hughes Fraser Henderson Doyle Gallagher Wallace Barton Sinclair Rangi Te-Aho",
            "Australia/Sydney Australia/Perth Pacific/Auckland"),
        Region.Of("Emre Zeynep Mehmet Elif Burak Defne Kerem Ayşe Deniz İpek Noam Tamar Eitan Shira Giulia Lorenzo Chiara Matteo Eleni Nikos",
            "Yılmaz Kaya Demir Çelik Şahin Öztürk Aydın Arslan Doğan Kılıç Cohen Levi Mizrahi Peretz Rossi Ferrari Bianchi Romano Colombo Papadopoulos Georgiou Nikolaidis",
            "Europe/Istanbul Asia/Jerusalem Europe/Rome Europe/Athens"),
    ];

    /// <summary><c>Łukasz O'Brien</c> becomes <c>lukasz.obrien</c>.</summary>
    public static string Mailbox(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var letter in name.Normalize(NormalizationForm.FormD))
        {
            if (letter == ' ') text.Append('.');
            else if (char.IsAsciiLetterOrDigit(letter) || letter == '-') text.Append(char.ToLowerInvariant(letter));
            else if (CharUnicodeInfo.GetUnicodeCategory(letter) != UnicodeCategory.NonSpacingMark) text.Append(Folded(letter));
        }
        return text.ToString();
    }

    private static string Folded(char letter) => letter switch
    {
        'Ł' or 'ł' => "l",
        'Ø' or 'ø' => "o",
        'ß' => "ss",
        'ı' => "i",
        'Đ' or 'đ' => "d",
        'Æ' or 'æ' => "ae",
        _ => "",
    };
}
